#pragma once
#include "unidg/dataset/sets/reader.h"

/// The readers of the table in readers.cpp, one function a layout family.
namespace unidg::dataset::sets {

// MVTec's family: <object>/{train,test}/<type>, ground_truth/<type>.
std::vector<DatasetReader> mvtec_family();

// Our own folders.
DatasetReader set_reader();
DatasetReader quadruplet_reader();
DatasetReader corpus_reader();

// Sets with a layout of their own.
std::vector<DatasetReader> steel_readers();    ///< severstal, neu-seg, kolektor
std::vector<DatasetReader> surface_readers();  ///< dagm, aitex, magnetic tile, deeppcb
std::vector<DatasetReader> product_readers();  ///< visa, real-iad, nvidia anomalygen

// Annotation formats.
DatasetReader coco_reader();
DatasetReader yolo_reader();
std::vector<DatasetReader> label_picture_readers();  ///< voc, cvat segmentation mask
DatasetReader cvat_xml_reader();
DatasetReader imagefolder_reader();
DatasetReader webdataset_reader();

// Names of files and folders alone.
DatasetReader paired_folders_reader();
DatasetReader generic_reader();

}  // namespace unidg::dataset::sets
